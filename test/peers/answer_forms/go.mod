module walq.test/answer_forms

go 1.24
