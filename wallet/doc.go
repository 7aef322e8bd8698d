// Package wallet opens the hotkey of a node from a file, and makes new ones. It
// reads the forms that operators have: 64 hex digits, go-ethereum's encrypted
// keystore files, and the hotkeys of Bittensor wallets, plain or encrypted.
//
// A coldkey is never read. A path whose name is that of a coldkey is refused before
// anything is opened, also at the end of a symbolic link, and there is no code for
// the forms that only coldkeys come in. Of a Bittensor wallet the package reads
// hotkeys, their public halves and coldkeypub.txt, and writes nothing.
//
// Files are bounded before they are read. A file with a secret must be its owner's
// alone. No error and no String holds a part of a secret.
package wallet
