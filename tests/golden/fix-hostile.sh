#!/bin/sh
# Load balancer \x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\, account \n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\, \n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\
# As nlbcheck 1.0 saw it at 2026-11-22T12:00:00Z.
# nlbcheck runs none of these commands. Read them, then run them yourself.
# The commands act on the account and Region that the AWS CLI is set to.
set -eu

# Step 1 of 2: Admit \x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\
# For tg\x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\.
# fail: sg-denies (likely): \x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\
aws ec2 authorize-security-group-ingress --group-id 'sg-1'"'"'; touch owned; '"'"''
# Left out, for its control characters: aws ec2 create-route --route-table-id 'rtb-1\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\'

# Step 2 of 2, by hand: \n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\
# For tg\x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\.
# fail: vpn-down (likely): \x1b[31mred\x1b]0;title\x07\x00\r\n| a | <b>`**@all** #1 [x](http://evil) www.evil.com \u202e\udcff\ufffe&amp;\n\n# $(touch owned); `touch owned`\ntouch owned\r\ntouch owned\
