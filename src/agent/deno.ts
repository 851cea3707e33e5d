// The program, for a caller that names its runtime: main.ts is the entry on each of them.
import "./main.ts";
