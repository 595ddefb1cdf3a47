// Command terraform-provider-prosa is the Terraform provider for Prosa's speech webhooks.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

const address = "registry.terraform.io/prosa-ai/prosa"

var version = "dev" // set when a release is built

func main() {
	debug := flag.Bool("debug", false, "run the provider so that a debugger can attach to it")
	flag.Parse()
	if err := serve(*debug); err != nil {
		log.Fatal(err)
	}
}

func serve(debug bool) error {
	p := provider.New(version)
	if debug || provider.LogsAreRead(os.Environ()) {
		return providerserver.Serve(context.Background(), p, providerserver.ServeOpts{Address: address, Debug: debug})
	}
	if err := os.Setenv("TF_LOG_SDK", "off"); err != nil {
		return err
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return provider.NewServer(p) })
}
