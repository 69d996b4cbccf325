// Peer: fan-out into sorted sets by ioredis, ZADD and ZREMRANGEBYRANK, a thousand deliveries at a time.
// Run by bench.feed.deliveries as `node writer.mjs <way> <workload>`; the cluster comes from the environment of a pod.
// The ways: "autopipeline" lets the client gather what one turn of the event loop asks for; "node-pipelines" groups a
// chunk by the master of its keys and gives each master one explicit pipeline. The faster is the peer.
import { readFileSync } from "node:fs";
import { Cluster } from "ioredis";
import calculateSlot from "cluster-key-slot";

const CHUNK = 1000;
const CAP = 800;

const [way, workload] = process.argv.slice(2);

function secret(key) {
  return readFileSync(`${process.env.PHOTO_SECRETS_DIR}/redis/${key}`, "utf8").trim();
}

function* chunks(items) {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK);
}

// every delivery as [key, score, post id], in order
function readItems(path) {
  const items = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const delivery = JSON.parse(line);
    for (const follower of delivery.followers) items.push([`timeline:{${follower}}`, delivery.score, delivery.post_id]);
  }
  return items;
}

async function byAutopipeline(cluster, items) {
  for (const chunk of chunks(items)) {
    const replies = [];
    for (const [key, score, postId] of chunk) {
      replies.push(cluster.zadd(key, score, postId));
      replies.push(cluster.zremrangebyrank(key, 0, -CAP - 1));
    }
    await Promise.all(replies);
  }
}

async function byNodePipelines(cluster, items) {
  const clients = new Map(cluster.nodes("master").map((node) => [`${node.options.host}:${node.options.port}`, node]));
  for (const chunk of chunks(items)) {
    const pipelines = new Map();
    for (const [key, score, postId] of chunk) {
      const owner = cluster.slots[calculateSlot(key)][0];
      let pipeline = pipelines.get(owner);
      if (pipeline === undefined) pipelines.set(owner, (pipeline = clients.get(owner).pipeline()));
      pipeline.zadd(key, score, postId);
      pipeline.zremrangebyrank(key, 0, -CAP - 1);
    }
    await Promise.all([...pipelines.values()].map((pipeline) => pipeline.exec()));
  }
}

const WAYS = { autopipeline: byAutopipeline, "node-pipelines": byNodePipelines };

const nodes = process.env.REDIS_CLUSTER.split(",").map((address) => {
  const [host, port] = address.split(":");
  return { host, port: Number(port) };
});
const items = readItems(workload);
const cluster = new Cluster(nodes, {
  enableAutoPipelining: way === "autopipeline",
  redisOptions: { username: secret("username"), password: secret("password") },
});
await new Promise((resolve, reject) => cluster.once("ready", resolve).once("error", reject));
const began = { wall: process.hrtime.bigint(), cpu: process.cpuUsage() };
await WAYS[way](cluster, items);
const cpu = process.cpuUsage(began.cpu);
const seconds = Number(process.hrtime.bigint() - began.wall) / 1e9;
console.log(JSON.stringify({ deliveries: items.length, seconds, cpu_seconds: (cpu.user + cpu.system) / 1e6 }));
await cluster.quit();
