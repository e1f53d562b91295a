# A store written in Ruby: a whole journal over it, and what becomes of its exceptions.

require 'json'
require 'loomstack'

# A journal in memory. It stores and compares, and no more.
class RubyStore < Loomstack::ForeignStore
  attr_accessor :fails
  attr_reader :records, :texts

  def initialize
    super
    @records = []
    @texts = {}
  end

  def head
    last = @records.last
    return Loomstack::Head.new(ver: 0, hash: "\0" * 32, incarnation: 0) unless last

    Loomstack::Head.new(ver: last.ver, hash: last.hash, incarnation: last.incarnation)
  end

  def read(after, _max_bytes)
    @records.drop(after)
  end

  def append(expected, record)
    raise fails if fails

    now = head
    if now.ver == expected.ver && now.hash == expected.hash
      @records << record
      return Loomstack::Outcome::COMMITTED
    end
    again = @records[record.ver - 1]
    again && again.hash == record.hash ? Loomstack::Outcome::COMMITTED : Loomstack::Outcome::CONFLICT
  end

  def put_texts(texts)
    texts.each { |text| @texts[text.digest] = text }
  end

  def get_texts(digests)
    @texts.values_at(*digests).compact
  end

  def erase_texts(digests)
    digests.each { |digest| @texts.delete(digest) }
  end
end

def check(what, truth)
  abort "FAILED #{what}" unless truth
  puts what
end

def command(number, body)
  id = format('00000000-0000-4000-8000-%012d', number)
  actor = { kind: 'human', id: 'ada' }
  JSON.generate({ id: id, actor: actor, nonce: '0' * 32, body: body })
end

def code_of
  yield
  nil
rescue Loomstack::LoomError::Failed => e
  e.body.code
end

CREATE = command(1, { type: 'create_journal', workspace: 'acme' })
LOOP = command(2, { type: 'register_loop', id: 'tidy', owner: 'ada', goal: 'no warnings' })

store = RubyStore.new
journal = Loomstack::Journal.over(store)
journal.submit_json(CREATE, nil)
journal.submit_json(LOOP, nil)
check 'a journal over a store in Ruby keeps its records', store.records.size == 2
loops = JSON.parse(Loomstack::Journal.over(store).query_json('{"type":"loops"}', nil))
check 'another journal over it reads the words', loops['reply']['loops'][0]['goal']['text'] == 'no warnings'
check 'its chain verifies', JSON.parse(journal.verify_json)['ver'] == 2

store.fails = Loomstack::StoreError::Unavailable.new
tick = command(3, { type: 'start_run', run: 'r' })
code = code_of { journal.submit_json(tick, nil) }
check 'an answer of the contract is its code', code == Loomstack::Code::UNAVAILABLE
store.fails = ArgumentError.new('a bug')
code = code_of { journal.submit_json(tick, nil) }
check 'any other exception of append is outcome_unknown', code == Loomstack::Code::OUTCOME_UNKNOWN
store.fails = nil
journal.submit_json(tick, nil)
check 'the same command lands afterwards, once', store.records.size == 3

store.records.pop
code = code_of { journal.query_json('{"type":"head"}', nil) }
check 'a store that went back is regressed', code == Loomstack::Code::REGRESSED
