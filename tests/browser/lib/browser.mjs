// Chromium, and the four ways in which every view is looked at.

import { chromium } from "playwright-core";

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

export const VIEWS = [
  { name: "wide-light", viewport: WIDE, colours: "light" },
  { name: "wide-dark", viewport: WIDE, colours: "dark" },
  { name: "phone-light", viewport: PHONE, colours: "light" },
  { name: "phone-dark", viewport: PHONE, colours: "dark" },
];

export function openBrowser() {
  const executablePath = process.env.PLENARY_CHROMIUM;
  if (!executablePath) throw new Error("set PLENARY_CHROMIUM to a Chromium, or run cargo xtask test");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
