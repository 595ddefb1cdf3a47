// Package gitops has the tests of the pipeline in examples/gitops and of the guide about it: they run its script against a
// sandbox, with the state in a PostgreSQL of their own. Besides a CLI they need bash, jq and PostgreSQL.
package gitops
