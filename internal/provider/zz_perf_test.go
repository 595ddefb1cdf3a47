package provider_test
import ("testing";"time";"fmt";"encoding/json"
"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox")
func TestZZPerf(t *testing.T){
 for _,n:=range []int{1000,4000}{
 e:=acctest.New(t); e.Sandbox.AddEndpoint(sandbox.Endpoint{ID:knownID,URL:"https://a.example"})
 var b []byte; b=append(b,'[')
 for i:=0;i<n;i++{ if i>0{b=append(b,',')}
  x,_:=json.Marshal(map[string]any{"delivery_id":fmt.Sprintf("00000000-0000-4000-8000-%012d",i),"event_id":knownID,"endpoint_id":knownID,"delivery":"2023-01-17T14:26:22Z","request_method":"POST","request_headers":map[string]string{"a":"b","c":"d","x-prosa-event":"x"},"response_status":200,"response_headers":map[string]string{"a":"b"},"elapsed_time":0.3})
  b=append(b,x...)}
 b=append(b,']')
 e.Sandbox.Inject(sandbox.Fault{Body:string(b)})
 p:=e.Configured(); s:=time.Now()
 r,d:=p.ReadDataSource("prosa_webhook_deliveries",acctest.Object{"endpoint_id":knownID}); d.ExpectNone(t)
 t.Log(time.Since(s), len(r["deliveries"].([]any)))
 }
}
