// Command schemajson prints the provider's schemas in the format of `terraform providers schema -json`. It runs the
// provider in this process, because a CLI omits what it does not support: with Terraform 1.11, actions and list
// resources would get no page in docs/.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// name is the key that tfplugindocs reads. It accepts a full address only in HashiCorp's own namespace.
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
