// Package acctest is what acceptance tests share. Only tests import it.
//
// Every test has an [Env]: a sandbox of its own, the variables that the provider sees, and a clock that it moves
// instead of waiting. There are three ways to drive the provider in it. Take the first one that can show what the test
// is about:
//
//	Env.Provider    The provider's own protocol, without a CLI: milliseconds. For diagnostics (which attribute, which
//	                severity, the exact text), for tables with many rows, and for everything that goes wrong on the way
//	                to the API. In a [Bubble], time is simulated as well.
//	Env.Test        A resource.TestCase: the real CLI, with the provider in this process. For the life of an object:
//	                plan, state and import checks, configuration by configuration. About half a second for a step.
//	Env.Workspace   A folder in which the test runs the CLI's commands itself. For what a TestCase cannot do: saved
//	                plans, queries, actions, interrupts, modules, other providers, a state to the byte.
//
// A Workspace, too, has the provider in this process, so that the test can move its clock. It serves one provider
// configuration at a time: no aliases. Two others run the built provider as a program, as users do: Env.Built without
// init, and Env.Installed from a mirror, with init and a lock file. Both cost about a tenth of a second more for each
// command. Use them for what depends on that: installation, environment variables, log files, connections, aliases.
package acctest
