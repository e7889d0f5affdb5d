"""Stubs of the repositories that Bazel 4 otherwise downloads.

Bazel's own BUILD files load C++ and Java rules from these repositories, and
refer to the coverage tools, in every project. A Python build needs only their
names. Bazel prefers the repositories of WORKSPACE, so that a build needs no
network.
"""

def _native_rules_impl(ctx):
    ctx.file("%s/BUILD" % ctx.attr.package)
    ctx.file(
        "%s/defs.bzl" % ctx.attr.package,
        "".join(["{0} = native.{0}\n".format(rule) for rule in ctx.attr.rules]),
    )

_native_rules = repository_rule(
    implementation = _native_rules_impl,
    attrs = {
        "package": attr.string(),
        "rules": attr.string_list(),
    },
    doc = "//<package>:defs.bzl with the rules that are built into Bazel 4.",
)

def _empty_targets_impl(ctx):
    ctx.file("BUILD", "".join([
        'filegroup(name = "%s", visibility = ["//visibility:public"])\n' % name
        for name in ctx.attr.targets
    ]))

_empty_targets = repository_rule(
    implementation = _empty_targets_impl,
    attrs = {"targets": attr.string_list()},
    doc = "Targets that exist and do nothing.",
)

def stub_repositories():
    """Defines rules_cc, rules_java and remote_coverage_tools."""
    _native_rules(
        name = "rules_cc",
        package = "cc",
        rules = [
            "cc_binary",
            "cc_library",
            "cc_test",
            "cc_toolchain",
            "cc_toolchain_suite",
        ],
    )
    _native_rules(
        name = "rules_java",
        package = "java",
        rules = [
            "java_import",
            "java_runtime",
            "java_toolchain",
        ],
    )
    _empty_targets(
        name = "remote_coverage_tools",
        targets = [
            "coverage_report_generator",
            "lcov_merger",
        ],
    )
