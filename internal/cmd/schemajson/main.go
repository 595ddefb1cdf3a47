// Command schemajson prints the provider's schemas in the format of `terraform providers schema -json`. It runs the
// provider in this process, because a CLI omits what it does not support: with Terraform 1.11, actions and list
// resources would get no page in docs/.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

func main() {
	document, err := export(context.Background(), providerserver.NewProtocol6(provider.New("docs")())())
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(document)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}
