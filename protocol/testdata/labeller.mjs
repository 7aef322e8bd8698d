// Makes labeller.json: signatures by implementations that share no code with this
// project, ethers for wallets and WebCrypto for keys made in a page. WebCrypto signs
// with fresh randomness, so each run gives other page signatures; all must fit.
//
//   npm install ethers@6 && node labeller.mjs > labeller.json
import { createHash, webcrypto } from 'node:crypto'
import { ethers } from 'ethers'

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const hex = (b) => Buffer.from(b).toString('hex')
const sha256 = (s) => createHash('sha256').update(s, 'utf8').digest('hex')

const judgements = [
  { program: 'spam', answer: 'spam', comment: '', millis: 1 },
  { program: 'preference', answer: 'left', comment: 'clearer,\nand shorter — “ja”', millis: 4294967295 },
  { program: 'spam', answer: 'ham', comment: 'x'.repeat(2000), millis: 5300 },
  { program: 'spam-review', answer: 'fix:höher', comment: '<b>bold</b>', millis: 60000 },
].map((j, i) => {
  const task = '0x' + sha256('task ' + i)
  const text = `Assay judgement\nprogram: ${j.program}\ntask: ${task}\nanswer: ${j.answer}\ncomment: 0x${sha256(j.comment)}\nmillis: ${j.millis}`
  return { ...j, task, text }
})

const wallets = []
for (const [i, j] of judgements.entries()) {
  const wallet = new ethers.Wallet('0x' + sha256('labeller ' + i))
  wallets.push({ labeller: wallet.address.toLowerCase(), secret: wallet.privateKey, ...j, signature: await wallet.signMessage(j.text) })
}

const pages = []
for (const j of judgements) {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const point = Buffer.from(await webcrypto.subtle.exportKey('raw', keys.publicKey))
  const labeller = 'p256:' + (point[64] & 1 ? '03' : '02') + hex(point.subarray(1, 33))
  let signature, s
  do { // one whose s is in the upper half, so that both forms are there
    signature = Buffer.from(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, Buffer.from(j.text, 'utf8')))
    s = BigInt('0x' + hex(signature.subarray(32)))
  } while (s <= order / 2n)
  const low = hex(signature.subarray(0, 32)) + (order - s).toString(16).padStart(64, '0')
  pages.push({ labeller, ...j, signature: '0x' + low, high: '0x' + hex(signature) })
}

console.log(JSON.stringify({
  origin: `ethers ${ethers.version} and WebCrypto of Node ${process.version} with OpenSSL ${process.versions.openssl}, by labeller.mjs`,
  wallets, pages,
}, null, 1))
