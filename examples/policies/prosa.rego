# Policies for the webhooks of the Prosa provider, on the JSON form of a Terraform or OpenTofu plan.
# The package is the one that conftest reads by default.
package main

# Certificates are verified.
deny contains message if {
	some endpoint in endpoints
	endpoint.change.after.ssl_verification == false
	message := sprintf("%s: ssl_verification must not be false", [endpoint.address])
}

# No signing key is in the state.
deny contains message if {
	some resource in planned
	resource.change.after.store_secrets == true
	message := sprintf("%s: store_secrets must not be true", [resource.address])
}

deny contains message if {
	some endpoint in endpoints
	set_or_unknown(endpoint.change, "secret_key")
	message := sprintf("%s: secret_key must not be set: use secret_key_wo", [endpoint.address])
}

# URLs are under the hosts of data.prosa.hosts.
deny contains message if {
	some endpoint in endpoints
	url := endpoint.change.after.url
	not allowed(url)
	message := sprintf("%s: the host of %s is not one of: %s", [endpoint.address, url, concat(", ", data.prosa.hosts)])
}

deny contains message if {
	some endpoint in endpoints
	endpoint.change.after_unknown.url == true
	message := sprintf("%s: url must be known during planning", [endpoint.address])
}

# Each endpoint has a rotation with a schedule.
deny contains message if {
	some endpoint in endpoints
	not rotates(endpoint)
	message := sprintf("%s: no prosa_webhook_secret_rotation with rotate_every refers to it", [endpoint.address])
}

# The resources that the plan creates, changes or keeps.
planned contains resource if {
	some resource in input.resource_changes
	resource.mode == "managed"
	resource.change.after != null
}

endpoints contains resource if {
	some resource in planned
	resource.type == "prosa_webhook_endpoint"
}

set_or_unknown(change, name) if change.after[name] != null

set_or_unknown(change, name) if change.after_unknown[name] == true

# The host itself or a subdomain of it.
allowed(url) if {
	some host in data.prosa.hosts
	host_of(url) == lower(host)
}

allowed(url) if {
	some host in data.prosa.hosts
	endswith(host_of(url), concat("", [".", lower(host)]))
}

# Without user information and port.
host_of(url) := host if {
	authority := regex.find_all_string_submatch_n(`^[A-Za-z][A-Za-z0-9+.-]*://([^/?#\\]*)`, url, 1)[0][1]
	host := lower(regex.replace(regex.replace(authority, `^.*@`, ""), `:\d*$`, ""))
}

# The plan knows the id of an endpoint that exists.
rotates(endpoint) if {
	some rotation in planned
	rotation.type == "prosa_webhook_secret_rotation"
	is_object(rotation.change.after.rotate_every)
	rotation.change.after.endpoint_id == endpoint.change.after.id
}

# A new endpoint has no id yet: a rotation in the same module must refer to it.
rotates(endpoint) if {
	some [path, node] in modules
	path == module_path(endpoint)
	some rotation in node.resources
	rotation.mode == "managed"
	rotation.type == "prosa_webhook_secret_rotation"
	rotation.expressions.rotate_every
	some reference in references(rotation)
	reference == sprintf("prosa_webhook_endpoint.%s", [endpoint.name])
}

references(resource) := {reference |
	some list in [
		object.get(resource, ["expressions", "endpoint_id", "references"], []),
		object.get(resource, ["for_each_expression", "references"], []),
	]
	some full in list
	reference := regex.replace(full, `^(\w+\.[\w-]+).*$`, "$1")
}

# The modules of the configuration with their names from the root, such as ["webhooks", "transcripts"].
modules contains [path, node] if {
	walk(input.configuration.root_module, [steps, node])
	count(steps) % 3 == 0
	node.resources
	every i, step in steps {
		step_of_a_module(i, step)
	}
	path := [step | some i, step in steps; i % 3 == 1]
}

# The path to a module is module_calls, its name, module, and so on.
step_of_a_module(i, "module_calls") if i % 3 == 0

step_of_a_module(i, _) if i % 3 == 1

step_of_a_module(i, "module") if i % 3 == 2

module_path(resource) := [name |
	some found in regex.find_all_string_submatch_n(`module\.([\w-]+)(?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])?(?:\.|$)`, object.get(resource, "module_address", ""), -1)
	name := found[1]
]
