package chain

import (
	"fmt"
	"strings"
)

// Connected is nil while there is a connection to a node, and otherwise says which
// endpoints were tried. It returns at once.
func (c *Client) Connected() error {
	if c.link.open() == nil {
		return fmt.Errorf("the chain is offline: no connection to %s; work goes on where it can", strings.Join(c.cfg.Endpoints, ", "))
	}
	return nil
}
