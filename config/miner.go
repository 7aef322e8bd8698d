package config

import (
	"fmt"

	"github.com/assaynet/assay/protocol"
)

// Desk is where a miner's labellers work.
type Desk struct {
	// Listen is where the labelling desk is served; empty serves none.
	Listen string `key:"desk.listen" help:"address of the labelling desk, its page and API, for the programs that label (default: no desk, labelling is refused); who may label there is for desk.labellers" form:"listen"`
	Take   string `key:"desk.take" help:"when tasks are taken for the desk: while labellers who lately answered some, or are on the list, asked for more in the last quarter of an hour (a few newcomers count until tasks stay unanswered), always, or never (what is in hand can be finished); a task that was taken and not answered counts as wrong" allow:"labellers|always|never"`
	// Labellers are names as protocol.CheckLabeller has them; none is anyone.
	Labellers []string `key:"desk.labellers" help:"name of a labeller that may sign in at the desk, 0x and 40 hex digits of an Ethereum address or p256: and 66 of a page key, in lower case; with one or more nobody else may (default: anyone, who can also hold tasks and answer at random, which counts against the hotkey)" form:"labeller"`
}

func formLabeller(text string) error {
	if err := protocol.CheckLabeller(text); err != nil {
		return fmt.Errorf("%.80q is not the name of a labeller, write 0x<40 hex digits> of an Ethereum address, or p256:<66 hex digits> of a page key, in lower case", text)
	}
	return nil
}

func defaultDesk() Desk { return Desk{Take: "labellers"} }
