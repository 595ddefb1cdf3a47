// Package acctest is what acceptance tests share. Only tests import it.
//
// Every test has an [Env]: a sandbox of its own, the variables that the provider sees, and a clock that it moves
// instead of waiting. There are three ways to drive the provider in it. Take the first one that can show what the test
// is about:
//
//	Env.Provider    The provider's own protocol, without a CLI: milliseconds. For plans and their rules, diagnostics
//	                (which attribute, which severity, the exact text), tables with many rows, and everything that goes
//	                wrong on the way to the API. It makes Terraform's checks on plans and results. In a [Bubble], time
//	                is simulated as well.
//	Env.Test        A resource.TestCase: the real CLI, with the provider in this process. For the life of an object:
//	                plan, state and import checks, configuration by configuration. About half a second for a step,
//	                which runs the CLI eight times.
//	Env.Workspace   A folder in which the test runs the CLI's commands itself, each a tenth of that. For what a TestCase
//	                cannot do (saved plans, queries, actions, interrupts, modules, a state to the byte), and for runs
//	                with many resources, of which only the result matters.
//
// A Workspace, too, has the provider in this process, so that the test can move its clock. It serves one provider
// configuration at a time: others need addresses of their own. Env.Built, without init, and Env.Installed, from a mirror
// with init and a lock file, run the built provider as a program, as users do. Each command then starts the program
// several times for each provider configuration. Use them only for what depends on that: installation, environment
// variables, log files, connections, aliases.
package acctest
