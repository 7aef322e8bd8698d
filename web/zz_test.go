package web
import ("testing";"os";"os/exec";"strings";"fmt")
func TestShot(t *testing.T){
 v:=sample()
 key:=func(i int)string{return "0x"+strings.Repeat(fmt.Sprintf("%02x",i*17),32)}
 v.Neurons=v.Neurons[:1]
 for i:=1;i<9;i++{
  sc:=&Score{Mean:0.97,Lower:0.9,Upper:0.99,Checked:uint64(100*i) ,Value:1.2,Weight:0.1*float64(i)/4}
  a:=float64(i)/10
  sc.Products=[]Product{{"forum","record",a},{"spam","judgement",(1-a)*0.7},{"preference","judgement",(1-a)*0.3}}
  if i==5{sc.Products=nil; sc.Weight=0;sc.Rejected=true}
  if i==6{sc.Products=[]Product{{"forum","record",.3},{"spam","judgement",.2},{"preference","judgement",.1},{"tone","judgement",.2},{"papers","record",.1},{"zeal","record",.1}}}
  v.Neurons=append(v.Neurons,Neuron{UID:uint16(i),Hotkey:key(i),Role:"miner",Profile:fmt.Sprintf("honest-%d",i),Incentive:0.1*float64(i)/4,Emission:123456789,Active:true,Axon:"127.0.0.1:4000",Score:sc})
 }
 v.Labels=[]LabelProgram{
 {Name: "spam", Question: "Is this mail spam?", Judged: 1234, Gold: 310, Open: 20, Waiting: 300, Raters: 9, Passed: 5, Agreement: &Estimate{0.62, 0.55, 0.68}},
 {Name: "preference", Question: "Which of the two mails is better written?", Judged: 211, Open: 12, Waiting: 40, Raters: 9, Passed: 4},
 }
 _,url:=serve(t,func()View{return v})
 for name,a:=range map[string][]string{"over":{"--window-size=1500,1000","/"},"phone":{"--window-size=500,2600","/"},"miner":{"--window-size=1200,900","/miner/1"},"dark":{"--window-size=1500,1000","--force-dark-mode","--enable-features=WebContentsForceDark","/"}}{
  args:=append([]string{"--headless","--no-sandbox","--disable-gpu","--hide-scrollbars","--timeout=4000","--virtual-time-budget=2000","--screenshot=/tmp/glue/"+name+".png"},a[:len(a)-1]...)
  args=append(args,url+a[len(a)-1])
  c:=exec.Command("/usr/bin/chromium",args...); c.Env=append(os.Environ(),"HOME=/tmp/glue")
  out,err:=c.CombinedOutput()
  if err!=nil{t.Log(err,string(out))}
 }
}
