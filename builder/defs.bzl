"""Builds hub modules as Bazel targets."""

load(":packaged_weights.bzl", "PACKAGED")

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}

# The prefix of the lines that bazel/status.sh prints.
_STATUS_PREFIX = "STABLE_ENVIRONMENT_"
_NO_STATUS = ("the versions of the environment must be known, found none: does .bazelrc " +
              "lack --workspace_status_command=bazel/status.sh?")

def efficientnet_module(name, model, weights, task = "classification", labels = None, **kwargs):
    """Builds a module in the TF1 Hub format.

    The target <name> has three files: the archive of the module, <name>.tar.gz, and its
    documentation page, <name>.md, with the same bytes that `efficientnet-hub export`
    writes; and <name>.verified.txt, the report of `efficientnet-hub verify --strict`. The
    build fails if the module breaks a promise.

    Bazel builds an archive again if the program, the weights, the labels, the options or
    the versions of the environment's Python, TensorFlow and other packages change.
    Otherwise it takes the archive from its cache.

    The targets <name>.md and <name>.tar.gz are the page and the archive, unverified.

    Args:
      name: the name of the target.
      model: a variant, e.g. "efficientnet-b2".
      weights: "random"; the name of published weights, such as "imagenet", for the
        variants whose weights are in a package of the environment; or the label of a
        .pth file, or of a filegroup with the .index file and the data of a checkpoint.
      task: "classification" or "feature-vector".
      labels: the label of a file with one class name per line.
      **kwargs: attributes that all targets have, such as tags and visibility.
    """
    if weights in PACKAGED and model not in PACKAGED[weights]:
        fail(("weights must be \"random\" or the label of a checkpoint, found " +
              "\"%s\" for %s, which would be downloaded: is it an input of the " +
              "build, e.g. by http_archive?") % (weights, model))
    named = weights == "random" or weights in PACKAGED
    _efficientnet_module(
        name = name,
        model = model,
        task = task,
        named_weights = weights if named else "",
        weights = [] if named else [weights],
        labels = labels,
        **kwargs
    )

def _efficientnet_module_impl(ctx):
    archive, page = ctx.outputs.archive, ctx.outputs.page
    environment = _environment(ctx)
    directory = ctx.actions.declare_directory(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add("export")
    arguments.add(ctx.attr.model, format = "--model=%s")
    arguments.add(ctx.attr.task, format = "--task=%s")
    arguments.add(_weights(ctx), format = "--weights=%s")
    if ctx.file.labels:
        arguments.add(ctx.file.labels, format = "--labels=%s")

    # Bazel creates the directory before.
    arguments.add("--overwrite")
    arguments.add(directory.path, format = "--output=%s")
    arguments.add(archive, format = "--archive=%s")
    ctx.actions.run(
        executable = ctx.executable._program,
        arguments = [arguments],
        inputs = ctx.files.weights + ctx.files.labels + [environment],
        outputs = [directory, archive, page],
        mnemonic = "EfficientNetModule",
        progress_message = "Building the module %s" % ctx.label,
        env = _QUIET,
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([archive, page, _verified(ctx, archive, environment)]))]

def _verified(ctx, archive, environment):
    """Returns the report of a module's verification."""
    report = ctx.outputs.report
    ctx.actions.run_shell(
        inputs = [archive, environment],
        outputs = [report],
        tools = [ctx.attr._program[DefaultInfo].files_to_run],
        command = "'%s' verify --strict '%s' >'%s' || { cat '%s'; exit 1; }" % (
            ctx.executable._program.path,
            archive.path,
            report.path,
            report.path,
        ),
        mnemonic = "EfficientNetVerify",
        progress_message = "Verifying the module %s" % ctx.label,
        env = _QUIET,
        use_default_shell_env = True,
    )
    return report

def _weights(ctx):
    """Returns the value of --weights: a name, a file, or a checkpoint's prefix."""
    if ctx.attr.named_weights:
        return ctx.attr.named_weights
    files = ctx.files.weights
    for file in files:
        if file.extension == "index":
            return file.path[:-len(".index")]
    if len(files) != 1:
        fail("weights must be one .pth file, or files with a checkpoint's .index " +
             "among them, found %d" % len(files))
    return files[0].path

def _environment(ctx):
    """Returns a file with the versions that Bazel does not see.

    The file has only the environment's part of the workspace status: the bytes of a
    module do not depend on who builds it, or where.
    """
    versions = ctx.actions.declare_file(ctx.label.name + ".environment")
    ctx.actions.run_shell(
        inputs = [ctx.info_file],
        outputs = [versions],
        command = "grep '^%s' '%s' >'%s' || { echo '%s' >&2; exit 1; }" % (
            _STATUS_PREFIX,
            ctx.info_file.path,
            versions.path,
            _NO_STATUS,
        ),
        mnemonic = "EfficientNetEnvironment",
    )
    return versions

_efficientnet_module = rule(
    implementation = _efficientnet_module_impl,
    attrs = {
        "labels": attr.label(allow_single_file = True),
        "model": attr.string(mandatory = True),
        "named_weights": attr.string(),
        "task": attr.string(mandatory = True),
        "weights": attr.label_list(allow_files = True),
        "_program": attr.label(
            default = "//bazel:program",
            executable = True,
            cfg = "exec",
        ),
    },
    outputs = {
        "archive": "%{name}.tar.gz",
        "page": "%{name}.md",
        "report": "%{name}.verified.txt",
    },
)
