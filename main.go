// Command terraform-provider-prosa is the Terraform provider for Prosa's speech webhooks.
package main

import (
	"flag"
	"log"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

const address = "registry.terraform.io/prosa-ai/prosa"

var version = "dev" // the build of a release sets it

func main() {
	debug := flag.Bool("debug", false, "run the provider so that a debugger can attach to it")
	flag.Parse()
	if err := provider.Serve(address, provider.New(version), *debug); err != nil {
		log.Fatal(err)
	}
}
