// Package guides tests the guides in templates/guides. Each test follows a guide exactly, in an empty folder, with the
// configuration that the guide shows (examples/guides) and the commands that it gives.
package guides
