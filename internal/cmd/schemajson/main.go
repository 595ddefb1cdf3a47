// Command schemajson prints the provider's schemas as
// `terraform providers schema -json` does, taken from the provider in this
// process. The pages under docs/ are made from it: a CLI leaves out what it
// does not know itself, so that with Terraform 1.11 no action and no list
// resource would get a page.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// name is the key tfplugindocs looks for: it refuses a full address in any
// namespace but HashiCorp's own.
const name = "prosa"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	doc, err := export(ctx, name, provider.New("docs")())
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}
