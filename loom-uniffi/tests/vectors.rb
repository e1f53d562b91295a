# Runs the vectors that every language runs, in Ruby.

require 'json'
require 'loomstack'

# Runs one vector; answers what is wrong, or nil.
def fault(vector)
  journal = Loomstack::Journal.open('memory:')
  vector.fetch('given', []).each do |given|
    journal.submit_json(text(given['command']), given['at'])
  end
  answer = ask(journal, vector)
  expect = vector['expect']
  wrong =
    if expect.key?('reply')
      answer['reply'] == expect['reply'] ? nil : answer
    else
      %w[code field].find { |key| expect['error'].key?(key) && expect['error'][key] != answer.dig('error', key) } && answer
    end
  wrong || hash_fault(journal, vector)
end

def ask(journal, vector)
  if vector.key?('command')
    JSON.parse(journal.submit_json(text(vector['command']), vector['at']))
  else
    JSON.parse(journal.query_json(text(vector['query']), vector['at']))
  end
rescue Loomstack::LoomError::Failed => e
  { 'error' => { 'code' => word(e.body.code), 'field' => e.body.field } }
end

def hash_fault(journal, vector)
  return unless vector.key?('state_hash')

  answer = JSON.parse(journal.query_json('{"type":"state_hash"}', vector['at']))
  answer['reply']['hash'] == vector['state_hash'] ? nil : answer
end

# The word of a code, as JSON has it.
def word(code)
  Loomstack::Code.constants.find { |name| Loomstack::Code.const_get(name) == code }.to_s.downcase
end

# A command is an object, or a text that goes through as it is.
def text(command)
  command.is_a?(String) ? command : JSON.generate(command)
end

passed = failed = 0
ARGV.each do |file|
  JSON.parse(File.read(file, encoding: 'UTF-8')).each do |vector|
    wrong = begin
      fault(vector)
    rescue StandardError => e
      e
    end
    wrong ? failed += 1 : passed += 1
    puts "FAILED #{File.basename(file)}: #{vector['name']}\n  got #{wrong}" if wrong
  end
end
puts "#{passed} passed, #{failed} failed"
exit(failed.zero? && passed.positive?)
