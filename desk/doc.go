// Package desk is a miner's labelling work: the tasks that validators handed out, the
// people and programs that answer them over HTTP, and the ledger of what each earned.
//
// A miner calls Assign with each hand-out, Tick at each head of the chain and Seal when
// it commits. Between Assign and Seal a task belongs to one labeller at a time, by a
// lease, and its answer may be changed, withdrawn or replaced by a skip. Seal ends that:
// from then on the answers are items of the miner's index and nothing changes.
//
// The calls take and give JSON:
//
//	GET  /api/v1/desk      whose desk it is, its programs and how much is open
//	POST /api/v1/nonce     a nonce to sign in with
//	POST /api/v1/login     a signed message (EIP-4361) for a token
//	POST /api/v1/tasks     lease tasks of a program
//	POST /api/v1/answers   answer one, signed by the labeller
//	POST /api/v1/withdraw  take an answer or a skip back
//	POST /api/v1/skip      leave a task to others
//	GET  /api/v1/me        what the labeller did and earned
//	GET  /api/v1/ledger    what all did and earned; public
//
// A refusal is {"error":{"code","message","cure"}}; it has changed nothing. See the
// constants Code… for the codes.
package desk
