// GrowthBook's JavaScript SDK on the subjects of assign_bench.cpp: the same ids, five attributes, three conditions, three
// variants. Run by growthbook_peer.sh beside assign_bench, on the same machine at the same time.
// Prints one line of JSON: {"name","ns_per_assignment","enrolled"}.
import { GrowthBook } from "@growthbook/growthbook";

const kIds = 4096;
const ids = Array.from({ length: kIds }, (_, i) => `cust-${100000000 + i * 7919}`);
const experiment = {
  key: "payment-reminder",
  hashVersion: 2,
  variations: [0, 1, 2],
  condition: { region: { $in: ["east-1", "east-2", "east-3"] }, product: "instalment", days_overdue: { $lte: 0 } },
};
const others = { tenure: 37, region: "east-2", product: "instalment", language: "zh", days_overdue: -3 };

function run(make, rounds) {
  let enrolled = 0;
  const begin = process.hrtime.bigint();
  for (let i = 0; i < rounds; i += 1) enrolled += make(ids[i % kIds]).inExperiment ? 1 : 0;
  return { ns: Number(process.hrtime.bigint() - begin) / rounds, enrolled };
}

// One instance whose attributes are set for each subject, which is how a server uses it without an instance each.
const growthbook = new GrowthBook({ trackingCallback: () => {} });
const assign = (id) => {
  growthbook.setAttributes({ id, ...others });
  return growthbook.run(experiment);
};
run(assign, 50000); // warm up
const result = Array.from({ length: 5 }, () => run(assign, 200000)).sort((a, b) => a.ns - b.ns)[2];
console.log(JSON.stringify({ name: "growthbook-js", ns_per_assignment: Math.round(result.ns), enrolled: result.enrolled / 200000 }));
