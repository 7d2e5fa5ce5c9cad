// node validate.mjs docs/events/asyncapi.json: exits with 1 where the document is not valid.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const [path] = process.argv.slice(2);
if (!path) {
  console.error("usage: node validate.mjs DOCUMENT");
  process.exit(2);
}

// 0 is an error, 1 a warning. Which minor version of the specification is newest is no defect.
const ignored = new Set(["asyncapi-latest-version"]);
const diagnostics = await new Parser().validate(await readFile(path, "utf8"), { source: path });
const defects = diagnostics.filter(({ severity, code }) => severity <= 1 && !ignored.has(code));
for (const { code, message, path: place } of defects) {
  console.error(`${code}: ${message} (${place.join(".")})`);
}
console.log(`${path}: ${defects.length === 0 ? "valid" : `${defects.length} defects`}`);
process.exit(defects.length === 0 ? 0 : 1);
