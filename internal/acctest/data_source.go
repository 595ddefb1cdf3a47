package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ValidateDataSource checks a data block.
func (p *Provider) ValidateDataSource(dataSource string, config Object) Diagnostics {
	p.t.Helper()
	answer, err := p.server.ValidateDataResourceConfig(context.Background(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: dataSource,
		Config:   p.dynamic(p.typeOfDataSource(dataSource), config),
	})
	p.must(err)
	return diagnostics(answer.Diagnostics)
}

// ReadDataSource checks a data block and reads it, as Terraform does. The result is nil when that fails.
func (p *Provider) ReadDataSource(dataSource string, config Object) (Object, Diagnostics) {
	p.t.Helper()
	if problems := p.ValidateDataSource(dataSource, config); problems.Errors() > 0 {
		return nil, problems
	}
	typ := p.typeOfDataSource(dataSource)
	answer, err := p.server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{
		TypeName: dataSource,
		Config:   p.dynamic(typ, config),
	})
	p.must(err)
	problems := diagnostics(answer.Diagnostics)
	if problems.Errors() > 0 {
		return nil, problems
	}
	return p.object(typ, answer.State), problems
}

func (p *Provider) typeOfDataSource(dataSource string) tftypes.Type {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[dataSource]
	if schema == nil {
		p.t.Fatalf("there is no data source %s", dataSource)
	}
	return schema.ValueType()
}
