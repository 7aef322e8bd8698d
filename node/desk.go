package node

import (
	"context"
	"fmt"
	"net"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/desk"
	"github.com/assaynet/assay/miner"
)

// labelling is a miner's desk and its socket; the zero value has neither.
type labelling struct {
	socket net.Listener
	desk   *desk.Desk
}

// listenDesk binds the address of the labelling desk, if there is one.
func (m *Miner) listenDesk(address string) (err error) {
	if address == "" {
		return nil
	}
	if m.labelling.socket, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("listen on %s for labellers: %w; choose another with --desk.listen, port 0 picks a free one", address, err)
	}
	m.closer.add(m.labelling.socket.Close)
	return nil
}

// openDesk opens the labelling desk where there is an address for it; nil is none.
func (m *Miner) openDesk(ctx context.Context, cfg *config.Miner, r rules, lock *flock.Flock, registry *prometheus.Registry) (miner.Labour, error) {
	if m.labelling.socket == nil {
		return nil, nil
	}
	chainID, err := m.client.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	d, err := desk.Open(desk.Config{
		Dir: cfg.Data.Dir, Lock: lock, Miner: m.Account.Hotkey, Netuid: cfg.Chain.Netuid, ChainID: chainID, Programs: r.programs,
		Take: desk.Policy(cfg.Desk.Take), Labellers: cfg.Desk.Labellers, Metrics: desk.NewMetrics(registry), Log: m.log,
	})
	if err != nil {
		return nil, err
	}
	m.closer.add(d.Close)
	m.labelling.desk = d
	m.Ready.Add("desk", d.Trouble)
	programs := 0
	for _, p := range r.programs {
		if p.Judges() {
			programs++
		}
	}
	m.log.Info("labelling desk", "url", "http://"+m.labelling.socket.Addr().String(), "programs", programs)
	if len(cfg.Desk.Labellers) == 0 {
		m.log.Warn("anyone who reaches the labelling desk may label: answers at random, and tasks that are held and not answered, count against this hotkey, which a program can refuse for good; name your labellers with --desk.labellers")
	}
	return d, nil
}

// DeskAddr is where labellers work; nil when there is no desk.
func (m *Miner) DeskAddr() net.Addr {
	if m.labelling.socket == nil {
		return nil
	}
	return m.labelling.socket.Addr()
}

// serve serves the desk until ctx ends.
func (l labelling) serve(ctx context.Context) error {
	if l.desk == nil {
		return nil
	}
	return desk.Serve(ctx, l.socket, l.desk)
}
