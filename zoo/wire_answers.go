package zoo

import (
	"sync"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Replay gives the first root answer that was signed again in every later round: what
// whoever listened on the wire could do without any key.
func Replay() Wrap {
	var mu sync.Mutex
	var first []byte
	return altering(func(_ *protocol.Envelope, answer []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = answer
		}
		return first, nil
	}, protocol.KindRootRequest)
}

// SignWith signs the answers with another key, in the name of the miner that was asked.
func SignWith(other protocol.Signer) Wrap {
	return altering(func(_ *protocol.Envelope, answer []byte) ([]byte, error) {
		return reseal(other, answer, func(*protocol.Envelope) {})
	})
}

// AnswerAs answers in the name of another key, and signs with it.
func AnswerAs(other protocol.Signer) Wrap {
	return altering(func(_ *protocol.Envelope, answer []byte) ([]byte, error) {
		return reseal(other, answer, func(e *protocol.Envelope) { e.From = other.Hotkey() })
	})
}

// CrossAnswer binds each answer to the question of that kind before.
func (s Speaker) CrossAnswer() Wrap {
	var mu sync.Mutex
	before := map[protocol.Kind]item.Hash{}
	return altering(func(asked *protocol.Envelope, answer []byte) ([]byte, error) {
		mu.Lock()
		other, have := before[asked.Kind]
		before[asked.Kind] = asked.Digest()
		mu.Unlock()
		if !have {
			other = item.Sum("zoo/another question")
		}
		return reseal(s.Key, answer, func(e *protocol.Envelope) { e.Request = other })
	})
}

// Relay gives what was meant for another validator.
func (s Speaker) Relay(to protocol.Hotkey) Wrap {
	return altering(func(_ *protocol.Envelope, answer []byte) ([]byte, error) {
		return reseal(s.Key, answer, func(e *protocol.Envelope) { e.To = to })
	})
}

// Equivocate signs two roots of one number: from its third root on, every other time
// that it is asked it shows another root under the number of its first.
func (s Speaker) Equivocate() Wrap {
	var mu sync.Mutex
	var first, last protocol.SignedRoot
	forked := false
	return altering(func(asked *protocol.Envelope, answer []byte) ([]byte, error) {
		ans := message[protocol.RootAnswer](answer)
		if ans == nil {
			return answer, nil
		}
		mu.Lock()
		defer mu.Unlock()
		if first.Seq == 0 {
			first = ans.Root
		}
		if forked || last.Seq <= first.Seq {
			last, forked = ans.Root, false
			return answer, nil
		}
		forked = true
		fork := first
		fork.Hash = item.Sum("zoo/another tree", first.Hash[:])
		if err := fork.Sign(s.Key); err != nil {
			return nil, err
		}
		return s.say(asked, protocol.KindRootAnswer, &protocol.RootAnswer{Root: fork})
	}, protocol.KindRootRequest)
}

// OverDeliver adds items to every answer that has some: more than was asked for.
func (s Speaker) OverDeliver(items ...[]byte) Wrap {
	return altering(func(asked *protocol.Envelope, answer []byte) ([]byte, error) {
		ans := message[protocol.ItemsAnswer](answer)
		if ans == nil || len(ans.Items) == 0 {
			return answer, nil
		}
		ans.Items = append(ans.Items, items...)
		return s.say(asked, protocol.KindItemsAnswer, ans)
	}, protocol.KindItemsRequest)
}
