package scoring

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

// A question that is not answered costs the program that its draws name, however much
// the miner has of another one: of a miner half of whose bytes are worth nothing, which
// leaves out as many of the questions that would find only these as it can without being
// rejected, no more is taken to be worth something than what is.
func TestRefusingCostsTheProgramThatIsDrawn(t *testing.T) {
	b := newBench(t, 1, always(1))
	s, m := b.state, b.miner
	source, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	other, err := program.Decode(bytes.Replace(source, []byte("name: "+b.p.Name), []byte("name: other"), 1))
	if err != nil {
		t.Fatal(err)
	}
	s.programs = append(s.programs, other)
	own, free := cellID{b.p.ID(), 1}, cellID{other.ID(), 1}
	rng := rand.New(rand.NewPCG(3, 4))
	var sum float64
	const rounds, questions = 20_000, 5
	for range rounds {
		m.cell(own).sums.Bytes, m.cell(free).sums.Bytes = 1000, 100_000
		var good [questions]bool
		n := 0
		var part protocol.Part
		for i := range good {
			if good[i] = rng.Float64() < 0.5; good[i] {
				n++
			}
			part.Draws = append(part.Draws, protocol.Draw{Mode: protocol.DrawByteOf, V: protocol.ProgramWord(b.p.ID())})
		}
		if n <= 1 && m.silence.logE < 4 {
			s.unanswered(m, question{part: part}, 1)
		} else {
			m.silence.see(true, s.params, 0, s.strata())
			for i := range good {
				m.fadePaid(own.program, s.params.Forget)
				m.cells[own].paid.see(&draw{weight: 1, credit: 1, fresh: 1, amount: 1000}, good[i], true)
			}
		}
		sum += s.estimate(m, own, m.cells[own])
	}
	if got := sum / rounds; m.rejected() || got > 495 {
		t.Errorf("%.1f bytes of 500 are taken to be worth something, rejected %v", got, m.rejected())
	}
}
