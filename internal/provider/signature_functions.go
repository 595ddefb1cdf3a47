package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// signatureFunction computes the signature header of a body.
type signatureFunction struct{}

func newSignatureFunction() function.Function { return signatureFunction{} }

func (signatureFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "signature"
}

func (signatureFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "The x-prosa-signature header for a body and one signing key",
		MarkdownDescription: "Returns the `x-prosa-signature` header that Prosa sends with a body, for one signing key: `t=<timestamp>,v1=<hex>`. `<hex>` is the plain SHA-256 (not an HMAC) of the key, a full stop and the body. The function makes no request.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "key", MarkdownDescription: "The signing key."},
			function.Int64Parameter{Name: "timestamp", MarkdownDescription: "The time to put into the header, in Unix seconds. The signature does not cover it."},
			function.StringParameter{Name: "body", MarkdownDescription: "The raw body."},
		},
		Return: function.StringReturn{},
	}
}

func (signatureFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		key, body string
		timestamp int64
	)
	if resp.Error = req.Arguments.Get(ctx, &key, &timestamp, &body); resp.Error != nil {
		return
	}
	if key == "" {
		resp.Error = function.NewArgumentFuncError(0, "the signing key is empty")
		return
	}
	resp.Error = resp.Result.Set(ctx, prosa.Signature(key, timestamp, body))
}

// verifySignatureFunction checks the signature header of a body against keys.
type verifySignatureFunction struct{}

func newVerifySignatureFunction() function.Function { return verifySignatureFunction{} }

func (verifySignatureFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "verify_signature"
}

func (verifySignatureFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Whether a signature of a body matches any of several signing keys",
		MarkdownDescription: "Returns whether any `v1` signature in an `x-prosa-signature` header matches the body and any of the keys. During a rotation, Prosa signs with every active key, so one match is enough. The function ignores the time in the header and makes no request.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "header", MarkdownDescription: "The `x-prosa-signature` header."},
			function.StringParameter{Name: "body", MarkdownDescription: "The raw body."},
			function.ListParameter{Name: "keys", ElementType: types.StringType, MarkdownDescription: "The signing keys to try."},
		},
		Return: function.BoolReturn{},
	}
}

func (verifySignatureFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		header, body string
		keys         []*string
	)
	if resp.Error = req.Arguments.Get(ctx, &header, &body, &keys); resp.Error != nil {
		return
	}
	given := make([]string, len(keys))
	for i, key := range keys {
		if key == nil || *key == "" {
			resp.Error = function.NewArgumentFuncError(2, "one of the signing keys is null or empty")
			return
		}
		given[i] = *key
	}
	resp.Error = resp.Result.Set(ctx, prosa.VerifySignature(header, body, given))
}
