module walq/test/peers/regexps

go 1.26
