// A page cannot know where it is published until it is opened. Without scripts, or opened as
// a file, it keeps the placeholder in its snippets.
if (location.protocol.startsWith("http")) {
  const archive = new URL(document.getElementById("archive").href);
  const address = archive.origin + archive.pathname;
  for (const code of document.querySelectorAll("#usage code")) {
    code.textContent = code.textContent.replaceAll("{{ placeholder }}", () => address);
  }
  document.getElementById("placeholder").hidden = true;
}
