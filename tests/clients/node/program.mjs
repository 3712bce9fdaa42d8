// Scaleway's JavaScript client: told a call a line, telling its outcome, as the programs in Python
// are (tests/clients/programs/answering.py). `listServers.all` calls `all` of what is returned.

import { createInterface } from 'node:readline'

import { createClient } from '@scaleway/sdk-client'
import { Instancev1 } from '@scaleway/sdk-instance'

const clients = []

const connect = settings => {
  const client = createClient({ accessKey: `SCW${'0'.repeat(17)}`, ...settings })
  return clients.push(new Instancev1.API(client)) - 1
}

const called = async ({ client, call, given }) => {
  if (call === 'connect') return connect(...given)
  const [method, further] = call.split('.')
  const value = clients[client][method](...given)
  return further === undefined ? value : value[further]()
}

for await (const line of createInterface({ input: process.stdin })) {
  let outcome
  try {
    outcome = { value: (await called(JSON.parse(line))) ?? null }
  } catch (error) {
    const words = error.body?.message ?? error.message
    outcome = { raised: { kind: error.constructor.name, status: error.status ?? null, words } }
  }
  console.log(JSON.stringify(outcome))
}
