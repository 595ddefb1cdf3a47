package provider

import "strings"

// LogsAreRead says whether the CLI passes on what the provider logs, by the environment that they share.
//
// The framework writes several lines for each attribute of each resource, for the CLI to throw away unless TF_LOG or its
// kin asks for them. In a plan of many endpoints that took half of the provider's time.
func LogsAreRead(environ []string) bool {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && (strings.HasPrefix(name, "TF_LOG") || strings.HasPrefix(name, "TOFU_LOG")) {
			return true
		}
	}
	return false
}
