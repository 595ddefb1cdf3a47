// Package acctest has the helpers of acceptance tests. Only tests import it.
//
// Every test has an [Env]: its own sandbox, the variables that the provider sees, and a clock that tests advance
// instead of waiting. There are three ways to run the provider in it. Use the first one that can test the behaviour:
//
//	Env.Provider    The plugin protocol, without a CLI: takes milliseconds. For plans and their rules, diagnostics
//	                (which attribute, which severity, the exact text), tables with many rows, and everything that fails
//	                between the provider and the API. It checks plans and results as Terraform does. In a [Bubble], time
//	                is simulated as well.
//	Env.Test        A resource.TestCase: the real CLI, with the provider in this process. For the lifecycle of a resource:
//	                plan, state and import checks, configuration by configuration. A step takes about half a second,
//	                because it runs the CLI eight times.
//	Env.Workspace   A folder in which the test runs CLI commands itself; each takes a tenth of that. For what a TestCase
//	                cannot do (saved plans, queries, actions, interrupts, modules, byte-exact states), and for runs
//	                with many resources, where only the result matters.
//
// In a Workspace, too, the provider runs in this process, so that the test can advance its clock. It serves one
// provider configuration at a time; other configurations need addresses of their own. To run the built provider as a
// program, as users do, use Env.Built (without init) or Env.Installed (from a mirror, with init and a lock file). Each
// command then starts the program several times for each provider configuration, so use them only for tests of
// installation, environment variables, log files, connections and aliases.
package acctest
