// Starts the Chromium of this machine, the same way for every check.

import { chromium } from "playwright-core";

/** A headless Chromium without sandbox (tests run as root in containers) and without chatter. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.PLENARY_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
