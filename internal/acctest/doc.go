// Package acctest runs the provider against a sandbox. Only tests import it.
//
// [New] returns the [Env] of a test: a sandbox, the environment variables that the provider sees, and a clock that
// advances when the provider sleeps. There are three ways to run the provider. Use the first one that fits:
//
//	Env.Provider    Calls the provider through the plugin protocol, without a CLI, within milliseconds. Use it for plans,
//	                diagnostics, tables and failures of the API. Like Terraform, it fails if a result differs from
//	                the plan. In a [Bubble], time is simulated.
//	Env.Test        Runs a resource.TestCase with the real CLI. A step takes half a second. Use it for what only the CLI
//	                can show: the lifecycle of a resource, import blocks, arguments that are unknown during the plan.
//	Env.Workspace   A folder in which the test runs CLI commands, each in a tenth of a second. Use it for what a TestCase
//	                cannot do: saved plans, actions, interrupts, modules, state files, hundreds of resources.
//
// Test and Workspace run the provider in the test's process, which serves one provider configuration for each provider
// address. Env.Installed returns a Workspace in which "init" installs the built provider, which then runs as a program. It
// is slower, and only for tests of aliases, installation, environment variables, logs and connections.
package acctest
