//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// separate puts the command into its own process group, so that only this program interrupts it. Otherwise Ctrl-C would
// interrupt it twice, and on the second interrupt the CLI exits without cleaning up.
func separate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
