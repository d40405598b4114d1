// The process that makes one backup.
import { serveBackground } from "../background/background-process.ts";
import { backUpDataFolder } from "./back-up-data-folder.ts";

serveBackground(backUpDataFolder);
