# A loop that is governed: an edit of payments asks a person, and passes once they said yes; what is
# reserved counts until it is settled.

require 'json'
require 'loomstack'

ADA = { kind: 'human', id: 'ada' }.freeze
BOB = { kind: 'human', id: 'bob' }.freeze
NIGHTLY = { kind: 'loop', id: 'nightly', run: 'one' }.freeze
POLICY = <<~YAML
  version: 1
  default: allow
  owners:
    teams:
      web: { members: [ada] }
      payments: { members: [bob] }
  rules:
    - id: payments
      effect: require_approval
      when: { verb: edit, paths: services/payments/** }
      approval: { teams: [payments] }
  limits:
    - { id: team-day, level: team, unit: microdollars, max: 40000000, per: { day: UTC } }
YAML
EDIT = { verb: 'edit', repo: 'shop', targets: { paths: ['services/payments/charge.rs'] } }.freeze

def check(what, truth)
  abort "FAILED #{what}" unless truth
  puts what
end

# A journal, and how Ruby speaks with it.
class Governed
  def initialize
    @journal = Loomstack::Journal.open('memory:')
    @sent = 0
  end

  def tell(actor, body)
    @sent += 1
    id = format('00000000-0000-4000-8000-%012d', @sent)
    command = JSON.generate({ id: id, actor: actor, nonce: '0' * 32, body: body })
    JSON.parse(@journal.submit_json(command, nil))['reply']
  end

  def ask(query)
    JSON.parse(@journal.query_json(JSON.generate(query), nil))['reply']
  end

  def code_of(actor, body)
    tell(actor, body)
    nil
  rescue Loomstack::LoomError::Failed => e
    e.body.code
  end
end

journal = Governed.new
journal.tell(ADA, { type: 'create_journal', workspace: 'acme' })
journal.tell(ADA, { type: 'register_repo', id: 'shop', default_branch: 'main' })
journal.tell(ADA, { type: 'register_loop', id: 'nightly', owner: 'ada', team: 'web' })
journal.tell(NIGHTLY, { type: 'start_run', run: 'one', loop: 'nightly' })
propose = { type: 'propose_action', action: EDIT }

check 'without a policy nothing is decided',
      journal.code_of(NIGHTLY, propose) == Loomstack::Code::NO_POLICY
set = { type: 'set_policy', name: 'loom.yaml', format: 'yaml' }
check 'a policy that cannot be read is refused',
      journal.code_of(ADA, set.merge(text: 'versoin: 1')) == Loomstack::Code::INVALID_POLICY
check 'a person sets the policy', journal.tell(ADA, set.merge(text: POLICY))['rules'] == 1

asked = journal.tell(NIGHTLY, propose)
check 'an edit of payments asks a person', asked['decision']['verdict'] == 'require_approval'
answered = journal.tell(BOB, { type: 'approve', request: asked['request'] })
check 'who says yes', answered['standing'] == 'approved'
check 'and it passes', journal.tell(NIGHTLY, propose)['decision']['passes']
check 'what was answered is not open',
      journal.code_of(BOB, { type: 'reject', request: asked['request'] }) == Loomstack::Code::REQUEST_NOT_OPEN

reserve = { type: 'reserve', id: 'draft', estimate: { microdollars: 30_000_000 }, ttl_ms: 60_000 }
check 'what is reserved', journal.tell(NIGHTLY, reserve)['reservation']['type'] == 'granted'
check 'counts', journal.ask({ type: 'spend' })['spend'][0]['reserved'] == 30_000_000
journal.tell(NIGHTLY, { type: 'settle', id: 'draft', actual: { microdollars: 4_000_000 } })
spend = journal.ask({ type: 'spend' })['spend'][0]
check 'until it is settled', [spend['settled'], spend['reserved'], spend['left']] == [4_000_000, 0, 36_000_000]
