"""Chinese words by what they are to a question: question words, light words, nouns of relation.

Written in Simplified; Traditional text is mapped to it character by character before.
"""

import re

END = "？?。.!！～~ \n"
MEASURE = r"[个家项条名种座所份款类期次位大章天年月倍成点]"
NUMERAL = r"[一二两三四五六七八九十百\d]"
ASKS = (
    rf"哪{NUMERAL}*(?:方面|城市|{MEASURE}|些|里|儿|月)?|第几{MEASURE}?|百分之几|"
    rf"几(?:点零|{MEASURE})+|多少(?:{MEASURE}|人|美元|亿元|元|平方米|吨)?|多[大高长久远快重]|"
    r"什么(?:时候|时间|地方|样的?|人)?|谁|怎么样?|怎样|如何|为什么|为何|为啥|何[时地处]|几(?=[人届])"
)
ASK = re.compile(ASKS)
WHY = re.compile(r"为什么|为何|为啥|怎么会|原因")

# Words that end a noun phrase.
FUNCTION = frozenset(
    """背景 情况 过程
    的 了 在 是 有 和 与 及 把 被 从 到 对 为 由 占 说 讲 于 以 里 内 中 上 下 后 前 吗
    呢 目前 现在 已经 一共 总共 总计 累计 以来 以后 之后 方面 认为 提出 提到 表示 设立
    成立 位于 建立 推出 部署 要求 布局 设在 建在 进入 来到 担任 介绍 明确 关于 对于 面对
    针对 聚集 集聚 使用 用于 怎么 如何 为什么 什么 哪些 多少 之前 准备 打算 应该 需要
    可以 能够 全国 我国""".split()
)
LIGHT = (
    "那么 那 请问 具体 到底 究竟 分别 都 各 又 还 是 在 的 了 有 呢 啊 吧 这样 这么 这 样 做 "
    "说 讲 干 个 因为 原因 理由 能 会 要 可以 详细 一点 一下 说明 解释 举例 例子 比如 例如 "
    "然后 之后 后来 所以 更多 其他 另外 意思 平常 平时 一般 通常 以前 原来 最早 最初 当时 "
    "需要 花 一共 总共 大概 大约 就 而 此 做到 实现 办到 办 来 去 过 回事 点 也 才 再 以及 "
    "好的 好 ， , 、 ？ ?"
).split()
MORE = re.compile(r"还有|然后|其他|比如|例如|具体|详细|原因|理由|更多|后来|例子")
# Words that belong to something: a question of these alone does not say of what.
RELATIONAL = (
    "设立 成立 建立 创立 建成 开始 启动 发布 公布 印发 推出 上线 出台 制定 开发 研发 设计 "
    "运营 批准 签署 位于 坐落 总部 总裁 总经理 经理 负责人 领导 局长 主任 书记 董事长 会长 "
    "院长 嘉宾 主持人 主持 记者 作者 编辑 创始人 法人 员工 职工 人员 人数 人口 面积 规模 "
    "年产值 产值 产能 收入 营收 利润 销售额 税收 投资额 资金 进出口额 进出口 出口额 进口额 "
    "地区生产总值 生产总值 占全国 占比 占 比重 比例 份额 全国 全球 排名 排第 排在 名次 名称 "
    "名字 叫 职务 职位 身份 年纪 年龄 今年 去年 明年 目的 意义 作用 特点 优势 好处 问题 困难 "
    "目标 任务 措施 举措 要求 步骤 条件 依据 来源 背景 影响 效果 成果 成效 结果 数量 金额 "
    "价格 费用 成本 上市 企业 公司 机构 子公司 分公司 用户 客户 产品 服务 对象 范围 主要 重点 "
    "目前 现在 当前 累计 每年 一年 增长 增加 减少 提高 提升 下降 达到 超过 覆盖 涉及 参与 "
    "参加 支持 负责 由 被 对 从 到 为 和 与 里 内 中 上 下 人 天 万 亿 元 美元 年 月 高 大 长 "
    "多 新 家 省 城市 员 后 前 得 给 用 补贴 奖励 每平方米 市场 平均"
).split()


def _all_of(words: list[str], more: str = "") -> re.Pattern[str]:
    listed = "|".join(map(re.escape, sorted(set(words), key=len, reverse=True)))
    return re.compile(rf"(?:{ASKS}|\d+|{listed}{more})++")


BARE = _all_of(LIGHT)
# 出货量, 容积率: what is measured of something.
TOPICLESS = _all_of(LIGHT + RELATIONAL, "|[\u4e00-\u9fff]{2}[量率额值]")

STAND_FOR = [  # what a statement has where a question has its question word
    (re.compile(r"哪一?[年天日月]|几[年月号]|什么时[候间]|何时"), "那时"),
    (re.compile(r"哪[里儿]|什么地方|何[地处]"), "那里"),
    (re.compile(r"谁|哪一?位|什么人"), "那个人"),
    (re.compile(r"多大"), "这么大"),
    (re.compile(r"多高"), "这么高"),
    (re.compile(r"多[少长久远快重]|几|百分之几"), "这么多"),
    (re.compile(rf"哪些|哪[几{NUMERAL[1:-1]}]"), "那些"),
    (re.compile(r"哪"), "那个"),
    (re.compile(r"怎么样?|怎样|如何"), "这样"),
    (re.compile(r"什么样的?"), "那样的"),
    (re.compile(r"什么"), "那些"),
]
