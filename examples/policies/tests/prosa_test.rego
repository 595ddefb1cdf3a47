package main_test

import data.main

hosts := ["speech.example.com"]

test_allowed if {
	every url in [
		"https://speech.example.com/hook",
		"https://Speech.Example.com:8443?a=b",
		"https://a.speech.example.com/hook",
	] {
		main.allowed(url) with data.prosa.hosts as hosts
	}
}

test_not_allowed if {
	every url in [
		"https://example.com/speech.example.com",
		"https://notspeech.example.com/hook",
		"https://speech.example.com.example.net/hook",
		"https://speech.example.com@example.net/hook",
		"https://example.net#@speech.example.com/hook",
		"https://example.net\\@speech.example.com/hook",
		"speech.example.com/hook",
	] {
		not main.allowed(url) with data.prosa.hosts as hosts
	}
}

test_module_path if {
	main.module_path({"module_address": `module.a["b.module.c"].module.d[0].module.e`}) == ["a", "d", "e"]
	main.module_path({}) == []
}
