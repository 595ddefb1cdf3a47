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
		MarkdownDescription: "Makes the `x-prosa-signature` header that Prosa sends with a body, for one signing key: `t=<timestamp>,v1=<hex>`, where the hex is the plain SHA-256 (not an HMAC) of the key, a full stop and the body. It reads no clock and makes no request.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "key", MarkdownDescription: "The signing key."},
			function.Int64Parameter{Name: "timestamp", MarkdownDescription: "When it is said to be sent, in Unix seconds. It is part of the header and not of what is signed."},
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
		Summary:             "Whether any of some signing keys made a signature of a body",
		MarkdownDescription: "Says whether any of the keys made any `v1` of an `x-prosa-signature` header for the body. During a rotation Prosa signs with every active key, so one key that fits is enough. The time in the header is not looked at: it reads no clock and makes no request.",
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
