package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Resources, data sources, ephemeral resources and actions embed one of these, which implements Configure.
type (
	resourceBase   struct{ *providerData }
	dataSourceBase struct{ *providerData }
	ephemeralBase  struct{ *providerData }
	actionBase     struct{ *providerData }
)

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}

func (b *ephemeralBase) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}

func (b *actionBase) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}
