// Refuses a first load above its budget: every file that index.html asks for, compressed as servers do.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KIB = 120;
const dist = new URL("../../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(match => match[1]);

let total = 0;
for (const name of ["index.html", ...named]) {
  const bytes = gzipSync(readFileSync(new URL(name, dist))).length;
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KiB  ${name}`);
}
const kib = total / 1024;
console.log(`${kib.toFixed(1).padStart(7)} KiB  first load, gzip; the budget is ${BUDGET_KIB} KiB`);
if (kib > BUDGET_KIB) {
  console.error(`the first load is ${(kib - BUDGET_KIB).toFixed(1)} KiB over its budget`);
  process.exit(1);
}
