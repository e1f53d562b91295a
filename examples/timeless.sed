# Takes the times out of what a story prints, so that it can be compared.
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/lease ends in [0-9]+ s/lease ends in TIME/g
s/^(- notice [0-9]+): [^,]+,/\1: TIME,/
