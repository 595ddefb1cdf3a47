// Command terraform-provider-prosa is the Terraform provider for Prosa's speech webhooks.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

var version = "dev" // set when a release is built

func main() {
	debug := flag.Bool("debug", false, "run the provider so that a debugger can attach to it")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/prosa-ai/prosa",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
