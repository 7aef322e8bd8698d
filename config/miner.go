package config

// Desk is where a miner's labellers work.
type Desk struct {
	// Listen is where the labelling desk is served; empty serves none.
	Listen string `key:"desk.listen" help:"address of the labelling desk, its page and API, for the programs that label (default: no desk, labelling is refused); anyone who reaches it may label" form:"listen"`
	Take   string `key:"desk.take" help:"when tasks are taken for the desk: while labellers were there in the last quarter of an hour, always, or never (what is in hand can be finished); a task that was taken and not answered counts as wrong" allow:"labellers|always|never"`
}

func defaultDesk() Desk { return Desk{Take: "labellers"} }
