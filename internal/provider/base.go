package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// resourceBase is embedded in every resource and gives it the provider's data.
type resourceBase struct{ *providerData }

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}

// dataSourceBase is embedded in every data source and gives it the provider's data.
type dataSourceBase struct{ *providerData }

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.providerData, _ = req.ProviderData.(*providerData)
}
