# A panic inside the library is an exception in Ruby, and the process and the handle live on.

require 'json'
require 'loomstack'

journal = Loomstack::Journal.open('memory:')
begin
  journal.panic_inside
  abort 'FAILED a panic is raised'
rescue Loomstack::InternalError => e
  abort "FAILED a panic is raised with its words: #{e.message}" unless e.message.include?('on purpose')
  puts 'a panic is an exception with its words'
end
head = JSON.parse(journal.query_json('{"type":"head"}', nil))
abort 'FAILED the handle lives on' unless head['reply']['head']['ver'].zero?
puts 'the process and the handle live on'
