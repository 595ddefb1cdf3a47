// Package guides has the tests of the guides in templates/guides: each is followed to the letter, in an empty folder, with
// the configuration that it shows (examples/guides) and the commands that it gives.
package guides
