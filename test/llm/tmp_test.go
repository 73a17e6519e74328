package main
import ("testing";"path/filepath")
func TestTmp(t *testing.T){
 p,_:=filepath.Abs("../../bin")
 w:=&world{}
 w.openai,_=serveVendor(); w.anthropic,_=serveVendor()
 for _,way:=range ways(clients(p,"agents")) {
  if err:=bare(t.Context(),w,way); err!=nil { t.Errorf("%v: %v",way,err) } 
 }
 for _,way:=range ways(clients(p,"agents")) {
  if way.client.helper!="runner" {continue}
 for _, pr := range []string{greet, sealed, database} {
  tk:=way.task(pr, goOn); tk.Base, tk.Key = w.vendor(way.api).url, vendorKey
  r,err:=way.client.run(t.Context(),tk); t.Log(way, r, err)
  if way.api=="responses" { tk.Previous=true
  r,err=way.client.run(t.Context(),tk); t.Log(way, r, err) }
 }}
}
