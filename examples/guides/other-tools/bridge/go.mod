// The path begins with the provider's path, so Go allows this module to import the provider's internal packages.
module github.com/prosa-ai/terraform-provider-prosa/bridge

go 1.26.0

require (
	github.com/hashicorp/terraform-plugin-framework v1.19.0
	github.com/prosa-ai/terraform-provider-prosa v0.1.0
)
